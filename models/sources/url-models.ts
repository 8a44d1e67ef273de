import { SlicewiseError } from '../../core/errors.js';
import type { ModelSource } from './zoo.js';

/**
 * Models under a base address, for pages: NAME.json is a card, its weights lie beside it. An address has no list of what is under it, so
 * the names are given.
 * @throws SlicewiseError MODEL (from its methods) where the server does not give a file
 */
export function urlModels(base: URL | string, names: readonly string[]): ModelSource {
  const location = String(base).replace(/\/?$/, '/');
  return {
    location,
    list: async () => names.map((name) => `${name}.json`),
    read: async (name) => {
      const address = `${location}${name}`;
      const response = await fetch(address);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      throw new SlicewiseError('MODEL', {
        message: `${address} cannot be fetched`,
        got: `${response.status} ${response.statusText}`,
        hint: 'the cards and weights of models/zoo must be served with the page',
      });
    },
  };
}
