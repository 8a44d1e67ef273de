import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A Python program that answers one line of JSON to each line of JSON. */
export class PythonPeer {
  readonly #child;
  readonly #answers: AsyncIterator<string>;
  #failure: Error | undefined;

  constructor(python: string, script: string, threads: number) {
    const one = `${threads}`;
    const env = { ...process.env, OMP_NUM_THREADS: one, OPENBLAS_NUM_THREADS: one, MKL_NUM_THREADS: one };
    this.#child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#child.on('error', (error) => (this.#failure = error));
    this.#child.stdin.on('error', () => undefined); // the missing answer tells
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask<T>(request: object): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw this.#failure ?? new Error('the Python peer ended without an answer');
    return JSON.parse(value) as T;
  }

  close(): void {
    this.#child.stdin.end();
  }
}
