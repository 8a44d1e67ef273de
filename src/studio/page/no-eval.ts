import { config } from 'zod';

/*
 * The page's policy forbids code made of text. zod would try whether it may, and the browser would complain of it on the console. Imported
 * before everything else, since schemas ask when they are made.
 */
config({ jitless: true });
