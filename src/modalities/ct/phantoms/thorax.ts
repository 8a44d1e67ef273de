import { huToMu } from '../../../../core/units.js';
import type { Ellipsoid, Phantom } from './phantom.js';

/*
 * A chest in the spirit of the FORBILD thorax phantom, with an anatomy of our own: x to the patient's right, y to the front,
 * z to the head, mm. Tissues are painted over one another from the skin inwards, in HU.
 */

type Triple = readonly [number, number, number];

/** Long enough that the trunk leaves the scan above and below. */
const TRUNK = 600;

const FAT = -95;
const MUSCLE = 50;
const LUNG = -850;
const AIR = -990;
const BLOOD = 130;
const MARROW = 220;
const BONE = 650;

const part = (hu: number, centre: Triple, semiAxes: Triple, rotation?: Triple): Ellipsoid => ({
  centre,
  semiAxes,
  rotation,
  mu: Math.max(huToMu(hu), 0),
});

const series = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);

/** Both sides, the first one the patient's right; mirroring turns rotations about y and z round. */
const both = (hu: number, [x, y, z]: Triple, axes: Triple, [rx, ry, rz]: Triple = [0, 0, 0]): Ellipsoid[] => [
  part(hu, [x, y, z], axes, [rx, ry, rz]),
  part(hu, [-x, y, z], axes, [rx, -ry, -rz]),
];

const WALL = [
  part(FAT, [0, 0, 0], [170, 112, TRUNK]),
  ...both(FAT, [74, 84, -10], [64, 36, 74]), // in front of the chest muscle
  part(MUSCLE, [0, -2, 0], [158, 101, TRUNK]),
];

/** Tilted discs of bone, hollowed out by the cavity painted next: what is left are rings that fall to the front. */
const RIBS = series(-168, 168, 24).map((z) => part(BONE, [0, -2, z], [151, 97, 13], [-16, 0, 0]));

const CAVITY = [part(FAT + 60, [0, -2, 0], [141, 84, TRUNK])];

const LUNGS = [part(LUNG, [73, 0, -5], [60, 76, 150], [0, 4, 0]), part(LUNG + 10, [-75, -2, 0], [57, 74, 148], [0, -4, 0])];

/** Vessels and airways in the lungs, thinning outwards; three small findings among them. */
const LUNG_DETAIL = [
  ...both(MUSCLE, [45, -8, 5], [26, 7, 7], [0, 20, -12]),
  ...both(MUSCLE, [66, 14, 30], [24, 4.5, 4.5], [0, -40, 28]),
  ...both(MUSCLE, [70, -30, -20], [28, 4, 4], [0, 35, -35]),
  ...both(MUSCLE, [92, -12, 12], [22, 2.6, 2.6], [0, 10, -10]),
  ...both(MUSCLE, [84, 36, 6], [20, 2.2, 2.2], [0, 0, 50]),
  ...both(MUSCLE, [78, 4, -55], [3, 3, 30], [20, -12, 0]),
  ...both(MUSCLE, [70, -6, 66], [2.6, 2.6, 28], [-16, 14, 0]),
  ...both(MUSCLE, [104, -34, -38], [16, 1.6, 1.6], [0, 30, -30]),
  part(30, [98, 22, 18], [6, 6, 6]), // nodule
  part(30, [-96, -24, -6], [3.5, 3.5, 3.5]), // small nodule
  part(-620, [58, -44, 42], [13, 10, 11]), // ground glass
];

const ABDOMEN = [
  part(60, [58, -2, -158], [82, 76, 88], [0, 8, 0]), // liver
  part(35, [-72, -6, -166], [64, 70, 82]), // spleen and stomach
  part(AIR, [-48, 34, -116], [18, 14, 12]), // gas under the left dome
  part(20, [72, -14, -112], [9, 9, 9]), // two liver lesions
  part(95, [44, 22, -104], [6, 6, 6]),
];

const HEART_AND_VESSELS = [
  part(MUSCLE, [-26, 26, -48], [50, 40, 56], [0, -18, 28]),
  part(BLOOD, [-40, 22, -54], [19, 17, 32], [0, -18, 28]), // left ventricle
  part(BLOOD - 20, [2, 30, -46], [17, 15, 34], [0, -12, 10]), // right heart
  part(BLOOD, [8, 18, 34], [14, 14, 40]), // ascending aorta
  part(BLOOD, [-2, -6, 68], [14, 32, 13], [0, 0, -18]), // arch
  part(BLOOD, [-17, -40, -140], [12, 12, 205]), // descending aorta
  part(BLOOD - 10, [27, 14, 70], [8, 8, 90]), // superior vena cava
  part(BLOOD - 10, [0, 12, 14], [38, 11, 11], [0, 0, -8]), // pulmonary artery
  part(AIR, [2, -12, 120], [8.5, 8, 82]), // trachea
  ...both(AIR, [19, -14, 28], [6, 6, 22], [0, -42, 0]), // main bronchi
  part(20, [-3, -30, 60], [7, 5, TRUNK]), // oesophagus
];

const VERTEBRAE = series(-182, 182, 26);
const SPINE = [
  part(MUSCLE + 30, [0, -58, 0], [18, 14, TRUNK]), // discs, seen between the bodies
  ...VERTEBRAE.flatMap((z) => [part(BONE, [0, -58, z], [20, 15.5, 11]), part(MARROW, [0, -58, z], [17, 12.5, 9.5])]),
  part(BONE - 150, [0, -80, 0], [16, 12, TRUNK]),
  part(25, [0, -79, 0], [9.5, 8, TRUNK]), // canal
  ...VERTEBRAE.flatMap((z) => [
    part(BONE - 100, [0, -95, z - 6], [3.5, 10, 8], [30, 0, 0]),
    ...both(BONE - 100, [25, -80, z], [16, 4.5, 5.5], [0, 0, -18]),
  ]),
];

const GIRDLE = [
  part(BONE - 250, [0, 92, 38], [17, 5.5, 74]), // breastbone
  ...both(BONE, [100, -71, 66], [30, 4, 62], [0, 0, 31]), // shoulder blades
  ...both(BONE, [62, 62, 148], [58, 6, 6], [0, 6, -22]), // collar bones
];

/** Trunk with ribs, lungs with vessels and nodules, heart, great vessels, spine, upper abdomen. */
export function thorax(): Phantom {
  const ellipsoids = [...WALL, ...RIBS, ...CAVITY, ...LUNGS, ...LUNG_DETAIL, ...ABDOMEN, ...HEART_AND_VESSELS, ...SPINE, ...GIRDLE];
  return { name: 'thorax', ellipsoids, combine: 'paint', size: [360, 360, 320] };
}
