/**
 * What the studio's page may load and run, as a content security policy: its own files and WebAssembly, and no code made of text. Styles of
 * elements are set by charts and viewer. Readers carry their WebAssembly as `data:` addresses, and pictures are `data:` and `blob:`. The
 * same text stands in page/index.html, for hosts of plain files.
 */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "worker-src 'self'; connect-src 'self' data: blob:; base-uri 'none'; form-action 'none'";
