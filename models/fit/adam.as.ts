// AssemblyScript. One step of Adam (Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1) on vectors of
// `count` floats, a multiple of 4, in place.

/**
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², x ← x − rate · m/(correction · √v + ε), with rate = α/(1 − β₁ᵗ) and correction = (1 −
 * β₂ᵗ)^(−½).
 */
export function adam(
  x: usize, m: usize, v: usize, g: usize, count: usize, first: f32, second: f32, rate: f32, correction: f32, epsilon: f32,
): void {
  const b1 = f32x4.splat(first);
  const c1 = f32x4.splat(1 - first);
  const b2 = f32x4.splat(second);
  const c2 = f32x4.splat(1 - second);
  const step = f32x4.splat(rate);
  const correct = f32x4.splat(correction);
  const least = f32x4.splat(epsilon);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const mean = f32x4.add(f32x4.mul(b1, v128.load(m + i)), f32x4.mul(c1, gradient));
    const square = f32x4.add(f32x4.mul(b2, v128.load(v + i)), f32x4.mul(c2, f32x4.mul(gradient, gradient)));
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const length = f32x4.add(f32x4.mul(correct, f32x4.sqrt(square)), least);
    v128.store(x + i, f32x4.sub(v128.load(x + i), f32x4.div(f32x4.mul(step, mean), length)));
  }
}
