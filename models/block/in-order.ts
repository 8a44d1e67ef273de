/**
 * Runs jobs 0 … count − 1, job i in lane i mod `lanes`, every lane one at a time, and takes their results in order. The first
 * failure ends it, once the jobs that are going on have ended.
 */
export async function inOrder<T>(
  count: number,
  lanes: number,
  run: (job: number, lane: number) => Promise<T>,
  take: (job: number, result: T) => void,
): Promise<void> {
  const going: Promise<T>[] = [];
  const start = (job: number): void => {
    const result = run(job, job % lanes);
    result.catch(() => undefined); // seen when its turn comes, or where another has failed before it
    going.push(result);
  };
  let next = 0;
  while (next < Math.min(lanes, count)) start(next++);
  try {
    for (let job = 0; job < count; job++) {
      take(job, await going.shift()!);
      if (next < count) start(next++);
    }
  } finally {
    await Promise.allSettled(going);
  }
}
