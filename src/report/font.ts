/*
 * A 5×7 pixel font for labels in PNG files. A glyph is seven characters (nine with a descender), one per row from the top; each is a
 * base-32 digit (0-9, a-v) whose five bits are the pixels, leftmost first: 'v' is a full row, 'h' its two ends, '4' the middle.
 */
const TABLE = `
  0000000 ! 4444004 " aaa0000 # aavavaa $ 4fke5u4 % op248j3 & cik8lid ' c480000 ( 2488842 ) 8422248 * 04lel40
+ 044v440 , 0000c48 - 000v000 . 00000cc / 01248g0 0 ehjlphe 1 4c4444e 2 eh1248v 3 v2421he 4 26aiv22 5 vgu11he
6 68guhhe 7 v124888 8 ehhehhe 9 ehhf12c : 0cc0cc0 ; 0cc0c48 < 248g842 = 00v0v00 > 8421248 ? eh12404 @ eh1dlle
A ehhvhhh B uhhuhhu C ehggghe D uhhhhhu E vgguggv F vgguggg G ehgnhhf H hhhvhhh I e44444e J 72222ic K hikokih
L ggggggv M hrllhhh N hhpljhh O ehhhhhe P uhhuggg Q ehhhlid R uhhukih S fgge11u T v444444 U hhhhhhe V hhhhha4
W hhhllla X hha4ahh Y hhha444 Z v1248gv [ e88888e \\ 0g84210 ] e22222e ^ 4ah0000 _ 000000v \` 8420000 a 00e1fhf
b ggmphhu c 00egghe d 11djhhf e 00ehvge f 698s888 g 00fhhhf1e h ggmphhh i 40c444e j 2062222ic k ggikoki l c44444e
m 00qllhh n 00mphhh o 00ehhhe p 00uhhhugg q 00fhhhf11 r 00mpggg s 00ege1u t 88s8896 u 00hhhjd v 00hhha4 w 00hhlla
x 00ha4ah y 00hhhhf1e z 00v248v { 2448442 | 4444444 } 8442448 ~ 008l200 − 000v000 – 000v000 ± 44v440v ° ciic000
× 0ha4ah0 … 000000l σ 00fiiic λ g884ahh μ 00hhjtg ² c24e000 ⁻ 0006000 ¹ 4c44000 · 000cc00
`;

const UNKNOWN = 'vhhhhhv';

const GLYPHS = new Map<string, readonly number[]>([[' ', rows('0000000')]]);
for (const [, character, bits] of TABLE.matchAll(/(\S) ([0-9a-v]{7,9})(?=\s)/gu)) GLYPHS.set(character, rows(bits));

function rows(bits: string): number[] {
  return [...bits].map((digit) => parseInt(digit, 32));
}

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

/** Rows of five bits, leftmost pixel the highest, the baseline under the seventh; a box for characters that are not in the font. */
export function glyph(character: string): readonly number[] {
  return GLYPHS.get(character) ?? rows(UNKNOWN);
}

/** Width of a text in pixels at scale 1: five a character and one between them. */
export const textWidth = (text: string): number => Math.max(0, [...text].length * (GLYPH_WIDTH + 1) - 1);
