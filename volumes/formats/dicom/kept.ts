import type { Vr } from './elements.js';

/**
 * What is taken over: character set, study, patient, frame of reference (PS3.3 C.7.1 to C.7.4), the patient's position and body part, the
 * tube voltage, and the window. All are text, which is the same bytes in every transfer syntax.
 */
export const KEPT: ReadonlyMap<number, Vr> = new Map<number, Vr>([
  [0x00080005, 'CS'], // Specific Character Set
  [0x00080020, 'DA'], // Study Date
  [0x00080030, 'TM'], // Study Time
  [0x00080050, 'SH'], // Accession Number
  [0x00080090, 'PN'], // Referring Physician's Name
  [0x00081030, 'LO'], // Study Description
  [0x00100010, 'PN'], // Patient's Name
  [0x00100020, 'LO'], // Patient ID
  [0x00100021, 'LO'], // Issuer of Patient ID
  [0x00100030, 'DA'], // Patient's Birth Date
  [0x00100040, 'CS'], // Patient's Sex
  [0x00101010, 'AS'], // Patient's Age
  [0x00101020, 'DS'], // Patient's Size
  [0x00101030, 'DS'], // Patient's Weight
  [0x00120062, 'CS'], // Patient Identity Removed
  [0x00120063, 'LO'], // De-identification Method
  [0x00180015, 'CS'], // Body Part Examined
  [0x00180060, 'DS'], // KVP
  [0x00185100, 'CS'], // Patient Position
  [0x0020000d, 'UI'], // Study Instance UID
  [0x00200010, 'SH'], // Study ID
  [0x00200052, 'UI'], // Frame of Reference UID
  [0x00201040, 'LO'], // Position Reference Indicator
  [0x00281050, 'DS'], // Window Center
  [0x00281051, 'DS'], // Window Width
]);
