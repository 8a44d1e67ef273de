/** Random streams of a simulated MRI scan, far from those that solvers and masks draw from: one seed may serve them all. */
export const STREAM = { noise: 0x6d72696e, coils: 0x636f696c, phase: 0x70686173 } as const;
