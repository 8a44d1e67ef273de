import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { installModel, modelFolder, removeModel } from '../../core/platform/model-folder.js';
import { inFolder, listing } from '../support/cli.js';

const files = (text: string) => ['a.json', 'a.onnx'].map((name) => ({ name, bytes: new Uint8Array(Buffer.from(`${name} ${text}`)) }));
const code = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;

test('of several installations at once one wins, whole, and the others say that the name is taken', (t) =>
  inFolder(async (folder) => {
    const tries = ['one', 'two', 'three', 'four'];
    const ended = await Promise.allSettled(tries.map((text) => installModel(folder, 'a', files(text), false)));
    const winners = tries.filter((_, n) => ended[n].status === 'fulfilled');
    t.is(winners.length, 1);
    for (const e of ended) if (e.status === 'rejected') t.is(code(e.reason), 'ARGUMENT');
    t.deepEqual(readdirSync(folder), ['a']);
    for (const { name, bytes } of files(winners[0])) t.deepEqual(readFileSync(join(folder, 'a', name)), Buffer.from(bytes));
  }));

test('replacing puts all files of the new model in place of all of the old one; removing leaves nothing', (t) =>
  inFolder(async (folder) => {
    await installModel(folder, 'a', [...files('old'), { name: 'extra', bytes: new Uint8Array(1) }], false);
    const location = await installModel(folder, 'a', files('new'), true);
    t.is(location, join(folder, 'a'));
    t.deepEqual(listing(location), ['a.json', 'a.onnx']);
    t.is(Buffer.from(await modelFolder(folder).read('a/a.onnx')).toString(), 'a.onnx new');
    t.deepEqual(await modelFolder(folder).list(), ['a/a.json']);
    await removeModel(folder, 'a');
    t.deepEqual(readdirSync(folder), []);
    t.is(code(await t.throwsAsync(removeModel(folder, 'a'))), 'FILE_WRITE');
  }));

test('a model that cannot be written leaves the old one, and no folder where there was none', (t) =>
  inFolder(async (folder) => {
    await installModel(folder, 'a', files('old'), false);
    const twice = [...files('new'), files('new')[0]]; // the second file of the same name cannot be made
    await t.throwsAsync(installModel(folder, 'a', twice, true));
    t.deepEqual(readdirSync(folder), ['a']);
    t.is(readFileSync(join(folder, 'a', 'a.onnx'), 'utf8'), 'a.onnx old');
    writeFileSync(join(folder, 'file'), '');
    const error = await t.throwsAsync(installModel(join(folder, 'file'), 'a', files('new'), false));
    t.is(code(error), 'FILE_WRITE');
    t.deepEqual(await modelFolder(join(folder, 'nowhere')).list(), []);
  }));
