/** Volumes that intervals are fitted on, and those that judge them: three slices of each. */
export interface Subject {
  readonly name: string;
  /** In the data folder. */
  readonly file: string;
  readonly slices: readonly [first: number, last: number];
  readonly trained: boolean;
}

type Row = readonly [name: string, file: string, first: number, trained?: boolean];

const subjects = (folder: string, rows: readonly Row[]): readonly Subject[] =>
  rows.map(([name, file, first, trained = true]) => ({
    ...{ name, file: `${trained ? 'train' : 'dev'}/${folder}/${file}.nii.gz`, slices: [first, first + 2] as const, trained },
  }));

export const CT = subjects('ct', [
  ['lidc1', 'lidc-idri-0001_chest', 60],
  ['limb9', 'sts-009_limb', 40],
  ['headm', 'visible-human-male_head', 15],
  ['abd', 'totalsegmentator-example_abdomen-pelvis', 50],
  ['rider', 'rider-pilot-0109_chest', 30],
  ['limb22', 'sts-022_limb', 30],
  ['acrin1', 'acrin-flt-breast-001_abdomen-pelvis', 50],
  ['headt', 'tcga-de-a4mb_head', 4],
  ['lidc3', 'lidc-idri-0314_chest', 45],
  ['acrin13', 'acrin-flt-breast-013_chest', 25],
  ['chest', 'cmb-crc-msb-01068_chest', 40, false],
  ['limb', 'sts-039_limb', 40, false],
  ['head', 'philips_head-phantom', 60, false],
]);

export const MR = subjects('mri', [
  ['flair', 'cstar-stroke_flair_brain', 70],
  ['t2', 'arc-m2307_t2_brain', 70],
  ['t1', 'ds002748-52_t1_brain', 70],
  ['head', 'uih_t1', 70],
  ['child', 'fnndsc-child_t1', 70],
  ['limb22', 'sts-022_limb_t1', 25],
  ['limb34', 'sts-034_limb_t1', 25],
  ['limb46', 'sts-046_limb_t1', 40],
  ['brain', 'vs-seg-001_t1gd', 56, false],
  ['limb', 'sts-039_limb_t1', 40, false],
]);
