/** Full spokes through the centre at equal angles, (ky, kx), samples `step` cycles per field of view apart. */
export function radialTrajectory(spokes: number, n: number, step = 0.5): Float32Array {
  const half = Math.floor(n / 2 / step - 0.5);
  const samples = 2 * half + 1;
  return Float32Array.from({ length: 2 * spokes * samples }, (_, i) => {
    const angle = (Math.PI * Math.floor(i / 2 / samples)) / spokes;
    const r = ((Math.floor(i / 2) % samples) - half) * step;
    return r * (i % 2 ? Math.cos(angle) : Math.sin(angle));
  });
}

/**
 * Interleaved Archimedean spirals one cell apart; steps shorten outwards, but neither the first nor the last is wider than a cell for
 * enough samples.
 */
export function spiralTrajectory(arms: number, samples: number, n: number): Float32Array {
  const turns = n / 2 / arms; // arms are one cell apart
  return Float32Array.from({ length: 2 * arms * samples }, (_, i) => {
    const arm = Math.floor(i / 2 / samples);
    const t = ((Math.floor(i / 2) % samples) / samples) ** 0.6;
    const angle = 2 * Math.PI * (turns * t + arm / arms);
    return (n / 2) * 0.99 * t * (i % 2 ? Math.cos(angle) : Math.sin(angle));
  });
}
