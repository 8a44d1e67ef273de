import type { Card } from '../../models/card/card.js';
import { columns, number } from './text.js';

/** A card as a person reads it: what the prior is for, what it is, and what was measured. */
export function cardText(card: Card, where: string): string {
  const { range, parametrisation: p, training, quality } = card;
  const sigmas = 'sigmas' in p ? `, ${p.sigmas.length} time steps` : '';
  const { name, version, sha256 } = card.derivedFrom ?? {};
  const { data, ...made } = training;
  const rows: [string, string][] = [
    ['version', card.version],
    ['card', where],
    ['images', `${card.modality}, ${card.plane === 'any' ? 'any plane' : card.plane}, ${imagesOf(card)}`],
    ['pixels', `${card.spacingMm.map(number).join(' to ')} mm, square`],
    ['range', `${range.unit} ${number(range.low)} … ${number(range.high)} ↔ 0 … 1`],
    ['noise levels', `σ ${number(card.sigmaMin)} … ${number(card.sigmaMax)}`],
    ...(card.guide ? [['guide', guideOf(card.guide)] as [string, string]] : []),
    ['network', `${millions(card.parameters)}, ${card.precision}, ${p.kind}${sigmas}`],
    ['image sides', `padded to multiples of ${card.sizeMultiple} (${card.padding})`],
    ...(card.derivedFrom ? [['made of', `${name} ${version}, sha256 ${sha256}`] as [string, string]] : []),
    ['weights', `${card.file}, sha256 ${card.sha256}`],
    ['licence', card.licence],
  ];
  return [
    `${card.name}: ${card.description || 'no description'}`,
    columns(rows),
    ['training', indent(facts(made)), indent(['data:', ...data.map((line) => `  ${line}`)].join('\n'))].join('\n'),
    Object.keys(quality).length > 0 ? `quality\n${indent(facts(quality))}` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

export const millions = (parameters: number): string =>
  `${parameters < 1e5 ? number(parameters) : `${(parameters / 1e6).toFixed(1)} M`} parameters`;
export const imagesOf = ({ channels }: Card): string => (channels === 2 ? 'complex' : 'real');

/** What a guided prior is shown of the scan: 'cgls (iterations 12), 1 plane, worked about plane 0'. */
function guideOf({ kind, options, planes, centre, optional, start }: NonNullable<Card['guide']>): string {
  const given = Object.entries(options).map(([name, value]) => `${name} ${plain(value)}`);
  return [
    `${kind}${given.length > 0 ? ` (${given.join(', ')})` : ''}`,
    planes === 1 ? '1 plane' : `${planes} planes`,
    ...(centre === undefined ? [] : [`worked about plane ${centre}`]),
    ...(optional ? ['may be left out'] : []),
    ...(start === undefined ? [] : [`runs start from plane ${start.plane}${start.noise ? ', noised' : ''}`]),
  ].join(', ');
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');
const plain = (value: unknown): string => (typeof value === 'number' ? number(value) : String(value));
const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any JSON object as lines: single values in columns, lists of records as tables, the rest indented under its name. */
function facts(object: { readonly [key: string]: unknown }): string {
  const entries = Object.entries(object);
  const single = entries.filter(([, v]) => typeof v !== 'object' || v === null);
  const lines = single.length > 0 ? [columns(single.map(([key, v]) => [key, plain(v)]))] : [];
  for (const [key, value] of entries) {
    if (isRecord(value)) lines.push(`${key}:`, indent(facts(value)));
    else if (Array.isArray(value)) lines.push(...list(key, value));
  }
  return lines.join('\n');
}

function list(key: string, values: readonly unknown[]): string[] {
  if (values.length === 0 || !values.every(isRecord)) return [`${key}: ${values.map(plain).join(', ')}`];
  const heads = [...new Set(values.flatMap((v) => Object.keys(v)))];
  const cell = (v: unknown): string => (v === undefined ? '–' : typeof v === 'object' ? JSON.stringify(v) : plain(v));
  return [`${key}:`, indent(columns([heads, ...values.map((v) => heads.map((head) => cell(v[head])))]))];
}
