import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Results of single rows in a file of JSON lines, written as they come, each under a key of all that it hangs on: a bench that is run in
 * parts, or again, has what it had.
 */
export class KeptRows<T> {
  private constructor(
    private readonly path: string,
    private readonly rows: Map<string, T>,
  ) {}

  static async open<T>(path: string): Promise<KeptRows<T>> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    return new KeptRows(path, new Map(lines.map((line) => JSON.parse(line) as [string, T])));
  }

  get(key: object): T | undefined {
    return this.rows.get(JSON.stringify(key));
  }

  async put(key: object, row: T): Promise<T> {
    const name = JSON.stringify(key);
    this.rows.set(name, row);
    await appendFile(this.path, `${JSON.stringify([name, row])}\n`);
    return row;
  }
}
