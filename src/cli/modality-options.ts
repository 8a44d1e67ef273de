import type { z } from 'zod';
import { modalities } from '../modalities/registry.js';
import { unwrap } from '../engine/schema-text.js';

interface ModalityFlags {
  readonly fields: { readonly [option: string]: z.ZodType };
  readonly notes: { readonly [option: string]: string };
}

/** Flags of the options that only some data have, each with the modality it is of. Of one that several have, the first one's words. */
export function modalityFlags(): ModalityFlags {
  const fields: Record<string, z.ZodType> = {};
  const notes: Record<string, string> = {};
  for (const [, { options, title }] of modalities.entries()) {
    for (const [option, field] of Object.entries(options.shape as { readonly [option: string]: z.ZodType })) {
      if (option in fields) continue;
      const { core, description, fallback } = unwrap(field);
      fields[option] = core.optional().describe(`${title}: ${description}`);
      notes[option] = fallback === undefined ? '' : ` (default ${String(fallback)})`;
    }
  }
  return { fields, notes };
}
