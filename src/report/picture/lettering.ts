import { escapeHtml } from '../html.js';
import { fontMetrics, type FontMetrics } from './font-metrics.js';
import { unpacked } from './packed.js';

export type Weight = 'regular' | 'semibold';

/** How a piece of text looks. */
export interface TextStyle {
  /** Pixels of an em. */
  readonly size: number;
  readonly weight?: Weight;
}

/** The fonts of pictures, and how wide text is in them. */
export interface Lettering {
  /** The font files, as the renderer takes them. */
  readonly fonts: readonly Uint8Array[];
  /** Text as the font can show it: characters that it has not, and those that XML forbids, as a box. */
  shown(text: string): string;
  /** Pixels from the start of a text to its end. */
  width(text: string, style: TextStyle): number;
  /** Lines no wider than `width` pixels that together hold all of the text. */
  wrap(text: string, width: number, style: TextStyle): string[];
}

const REPLACEMENT = '□';
let loaded: Promise<Lettering> | undefined;

/** Fetched once, when the first picture is drawn. */
export function lettering(): Promise<Lettering> {
  return (loaded ??= load().catch((error: unknown) => {
    loaded = undefined; // a page may be offline for a while
    throw error;
  }));
}

async function load(): Promise<Lettering> {
  const { regular, semibold } = await import('./inter.generated.js');
  return letteringOf(unpacked(regular), unpacked(semibold));
}

function letteringOf(regular: Uint8Array, semibold: Uint8Array): Lettering {
  const metrics: Record<Weight, FontMetrics> = { regular: fontMetrics(regular), semibold: fontMetrics(semibold) };
  const advance = (character: string, weight: Weight): number | undefined => metrics[weight].advance(character.codePointAt(0)!);
  const shown = (text: string): string =>
    [...text].map((character) => (advance(character, 'regular') === undefined ? REPLACEMENT : character)).join('');
  const width = (text: string, { size, weight = 'regular' }: TextStyle): number =>
    size * [...text].reduce((sum, c) => sum + (advance(c, weight) ?? advance(REPLACEMENT, weight) ?? 1), 0);
  return { fonts: [regular, semibold], shown, width, wrap: (text, across, style) => wrapped(text, across, (part) => width(part, style)) };
}

/** Breaks after spaces and after what parts of file names end with; a part that is too wide breaks anywhere. */
function wrapped(text: string, across: number, width: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  const add = (part: string): void => {
    if (line !== '' && width((line + part).trimEnd()) > across) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += part;
  };
  for (const part of text.split(/(?<=[\s/\\_.,:;+-])/)) {
    if (width(part.trimEnd()) <= across) add(part);
    else for (const character of part) add(character);
  }
  if (line.trimEnd() !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}

/** Attributes and content of an SVG text element in the fonts of pictures; (x, y) is the start, middle or end of the baseline. */
export function textElement(
  content: string,
  at: {
    readonly x: number;
    readonly y: number;
    readonly fill: string;
    readonly anchor?: 'middle' | 'end';
    readonly halo?: string;
  } & TextStyle,
): string {
  const weight = at.weight === 'semibold' ? ' font-weight="600"' : '';
  const anchor = at.anchor ? ` text-anchor="${at.anchor}"` : '';
  const place = `x="${round(at.x)}" y="${round(at.y)}" font-size="${at.size}"${weight}${anchor}`;
  // the outline first, the letters over it
  const halo = at.halo ? ` stroke="${at.halo}" stroke-opacity="0.8" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : '';
  return `<text ${place} fill="${at.fill}"${halo}>${escapeHtml(content)}</text>`;
}

/** Coordinates in hundredths of a pixel. */
export const round = (value: number): number => Number(value.toFixed(2));

/** Family of all text in pictures: the embedded font, or what a page has. */
export const FONT_FAMILY = `Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`;
