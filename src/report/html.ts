/** Text for an element or a quoted attribute: file names and messages may contain anything. */
export function escapeHtml(text: unknown): string {
  return String(text).replace(
    /[&<>"'`]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' })[c]!,
  );
}

/** `data:` address of a PNG file. */
export function pngDataUri(bytes: Uint8Array): string {
  let binary = '';
  // Pieces, because a call takes only so many arguments.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `data:image/png;base64,${btoa(binary)}`;
}

/** `data:` address of an SVG file. */
export const svgDataUri = (text: string): string => `data:image/svg+xml,${encodeURIComponent(text)}`;

/** Colours of methods, distinguishable on light and dark ground and with the usual colour-vision deficiencies. */
const SERIES = ['#3a86d0', '#e08a2c', '#2a9d78', '#c2569b', '#8c6bd6', '#a8942c', '#d1564a', '#4aa3b5'];

export const seriesColour = (n: number): string => SERIES[n % SERIES.length];

export function formatSeconds(seconds: number): string {
  if (seconds < 0.995) return `${(1000 * seconds).toPrecision(3).replace(/\.0+$/, '')} ms`;
  if (seconds < 99.5) return `${seconds.toPrecision(3)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  if (mebibytes < 0.1) return `${bytes} B`;
  return mebibytes < 1024 ? `${mebibytes.toPrecision(3)} MiB` : `${(mebibytes / 1024).toPrecision(3)} GiB`;
}
