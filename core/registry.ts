import { SlicewiseError, type ErrorCode } from './errors.js';

/**
 * A list of named things of one kind (formats, operators, solvers, commands). What is registered is listed in messages
 * and driven through the shared invariant tests.
 */
export class Registry<T> {
  readonly #entries = new Map<string, T>();

  constructor(
    readonly kind: string,
    private readonly code: ErrorCode = 'ARGUMENT',
  ) {}

  add(name: string, entry: T): this {
    if (this.#entries.has(name)) throw new Error(`${this.kind} '${name}' is registered twice`);
    this.#entries.set(name, entry);
    return this;
  }

  /** @throws SlicewiseError naming the unknown entry and the ones there are */
  get(name: string): T {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      throw new SlicewiseError(this.code, {
        message: `unknown ${this.kind} '${name}'`,
        expected: `one of ${this.names().join(', ')}`,
        got: `'${name}'`,
      });
    }
    return entry;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  entries(): [string, T][] {
    return [...this.#entries];
  }
}
