/** SHA-256 of bytes as 64 lower-case hexadecimal digits, by Web Crypto (Node and page alike). */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Web Crypto refuses views of shared memory; everything here is plain
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}
