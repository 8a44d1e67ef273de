import type { Backend, Field, Scalars } from './backend.js';
import type { Space } from '../core/space.js';

/** The fields of one run, freed together. */
export class Workspace {
  readonly #fields: Field[] = [];

  constructor(private readonly backend: Backend) {}

  /** A field of zeros that lives until `dispose`. */
  field(space: Space): Field {
    const field = this.backend.field(space);
    this.#fields.push(field);
    return field;
  }

  dispose(): void {
    for (const field of this.#fields.splice(0)) field.dispose();
  }
}

/** Device scalars of one computation: `keep` returns what it is given, `dispose` frees all but those in `except`. */
export class ScalarScope {
  #kept: Scalars[] = [];

  keep = (scalars: Scalars): Scalars => {
    this.#kept.push(scalars);
    return scalars;
  };

  dispose(...except: readonly Scalars[]): void {
    for (const scalars of this.#kept) if (!except.includes(scalars)) scalars.dispose();
    this.#kept = [...except];
  }
}
