import { gunzipSync } from 'fflate';

/** What scripts/build-pictures.mjs packed: gzip in base64. */
export function unpacked(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n++) bytes[n] = binary.charCodeAt(n);
  return gunzipSync(bytes);
}
