/**
 * What data or a prior have for defaults, without what they say of noise levels where these are given themselves.
 * @param given by the user
 */
export function besideLevels(defaults: object | undefined, given: object): object {
  if ((given as { readonly sigmas?: unknown }).sigmas === undefined) return { ...defaults };
  const { steps: _, sigmaMax: _max, sigmaMin: _min, ...rest } = { ...defaults } as { readonly [name: string]: unknown };
  return rest;
}
