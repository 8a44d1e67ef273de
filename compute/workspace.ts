import type { Backend, Field } from './backend.js';
import type { Space } from '../core/space.js';

/** The fields of one run, freed together. */
export class Workspace {
  readonly #owned: { dispose(): void }[] = [];

  constructor(private readonly backend: Backend) {}

  /** A field of zeros that lives until `dispose`. */
  field(space: Space): Field {
    return this.own(this.backend.field(space));
  }

  /** Something else that is to be disposed of with the fields: scalars, an operator. */
  own<T extends { dispose(): void }>(thing: T): T {
    this.#owned.push(thing);
    return thing;
  }

  /** Frees all of them. */
  dispose(): void {
    for (const thing of this.#owned.splice(0)) thing.dispose();
  }
}
