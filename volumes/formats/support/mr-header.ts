import { XMLParser } from 'fast-xml-parser';
import { SlicewiseError } from '../../../core/errors.js';

/** Matrix and field of view of one space of an encoding; x is the readout, y and z the phase directions. */
export interface MrSpace {
  readonly matrix: readonly [number, number, number];
  /** mm. */
  readonly fieldOfView: readonly [number, number, number];
}

/** Encoding counters in use: from `minimum` to `maximum`, k-space origin at `center`. */
export interface MrLimits {
  readonly minimum: number;
  readonly maximum: number;
  readonly center: number;
}

/** What the readers use of an ISMRMRD header (schema ismrmrd.xsd); times in ms, field in T, angles in degrees. */
export interface MrHeader {
  readonly trajectory: string;
  readonly encoded: MrSpace;
  readonly recon: MrSpace;
  readonly limits: { readonly [counter: string]: MrLimits };
  /** Encodings behind the first, which scans of their own (calibration) may have; undefined for one that lacks its matrix. */
  readonly others: readonly (Pick<MrHeader, 'encoded' | 'limits'> | undefined)[];
  /** Declared acceleration along the two phase directions. */
  readonly acceleration?: readonly [number, number];
  /** `embedded`, `separate`, `interleaved`, `external` or `other`. */
  readonly calibrationMode?: string;
  readonly relativeNoiseBandwidth?: number;
  readonly facts: MrFacts;
}

/** What a report shows of an MR scan. */
export interface MrFacts {
  readonly fieldStrength?: number;
  readonly repetitionTime?: number;
  readonly echoTime?: number;
  readonly inversionTime?: number;
  readonly flipAngle?: number;
  readonly protocol?: string;
  readonly vendor?: string;
}

type Node = { readonly [tag: string]: unknown };

/**
 * Reads the XML header of an ISMRMRD file (fastMRI files have one too). Of the encodings the first is the image's. Names and numbers of
 * patients are not read.
 * @throws SlicewiseError FORMAT when it is no such XML or lacks matrix sizes
 */
export function parseMrHeader(xml: string, file: string): MrHeader {
  const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, processEntities: false });
  let root: Node;
  try {
    root = child(parser.parse(xml) as Node, 'ismrmrdHeader');
  } catch (cause) {
    throw bad(file, 'XML', xml.slice(0, 40), cause);
  }
  const encoding = child(root, 'encoding');
  if (Object.keys(encoding).length === 0) throw bad(file, 'ismrmrdHeader with an encoding', xml.slice(0, 40));
  const others = all(root, 'encoding').slice(1);
  const factor = child(child(encoding, 'parallelImaging'), 'accelerationFactor');
  const steps = [number(factor, 'kspace_encoding_step_1'), number(factor, 'kspace_encoding_step_2')];
  const system = child(root, 'acquisitionSystemInformation');
  const sequence = child(root, 'sequenceParameters');
  const facts: MrFacts = {
    fieldStrength: number(system, 'systemFieldStrength_T'),
    repetitionTime: number(sequence, 'TR'),
    echoTime: number(sequence, 'TE'),
    inversionTime: number(sequence, 'TI'),
    flipAngle: number(sequence, 'flipAngle_deg'),
    protocol: text(child(root, 'measurementInformation'), 'protocolName'),
    vendor: text(system, 'systemVendor'),
  };
  return {
    trajectory: text(encoding, 'trajectory')?.toLowerCase() ?? 'cartesian',
    encoded: space(encoding, 'encodedSpace', file),
    recon: space(encoding, 'reconSpace', file),
    limits: limitsOf(encoding),
    others: others.map((other) => {
      try {
        return { encoded: space(other, 'encodedSpace', file), limits: limitsOf(other) };
      } catch {
        return undefined;
      }
    }),
    ...(steps[0] === undefined ? {} : { acceleration: [steps[0], steps[1] ?? 1] as const }),
    calibrationMode: text(child(encoding, 'parallelImaging'), 'calibrationMode')?.toLowerCase(),
    relativeNoiseBandwidth: number(system, 'relativeReceiverNoiseBandwidth'),
    facts: Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
  };
}

function space(encoding: Node, name: string, file: string): MrSpace {
  const node = child(encoding, name);
  const three = (tag: string) => ['x', 'y', 'z'].map((axis) => number(child(node, tag), axis)) as (number | undefined)[];
  const matrix = three('matrixSize');
  const fieldOfView = three('fieldOfView_mm');
  if (matrix.every((n) => n !== undefined && Number.isInteger(n) && n > 0) && fieldOfView.every((n) => n! > 0)) {
    return { matrix, fieldOfView } as unknown as MrSpace;
  }
  throw bad(file, `${name} with matrixSize and fieldOfView_mm`, JSON.stringify(node));
}

function limitsOf(encoding: Node): MrHeader['limits'] {
  const limits = Object.entries(child(encoding, 'encodingLimits')).flatMap(([name, node]) => {
    const [minimum, maximum, center] = ['minimum', 'maximum', 'center'].map((tag) => number(node as Node, tag));
    return maximum === undefined ? [] : [[name, { minimum: minimum ?? 0, maximum, center: center ?? 0 }] as const];
  });
  return Object.fromEntries(limits);
}

const all = (node: Node, tag: string): Node[] =>
  (Array.isArray(node[tag]) ? (node[tag] as unknown[]) : [node[tag]]).filter((v): v is Node => typeof v === 'object' && v !== null);

/** The first element of this name (echo times, encodings and such may come several times). */
function child(node: Node, tag: string): Node {
  const value = first(node[tag]);
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

function text(node: Node, tag: string): string | undefined {
  const value = first(node[tag]);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(node: Node, tag: string): number | undefined {
  const value = text(node, tag);
  return value !== undefined && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

function bad(file: string, expected: string, got: string, cause?: unknown): SlicewiseError {
  return new SlicewiseError('FORMAT', { message: `the ISMRMRD header of ${file}`, expected, got, cause });
}
