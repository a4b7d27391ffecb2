// A picture in few colours: PNG on standard input, a PNG of a fifth of its size on standard output.
import { buffer } from "node:stream/consumers";
import UPNG from "upng-js";

const COLOURS = 64;
const picture = UPNG.decode(await buffer(process.stdin));
process.stdout.write(Buffer.from(UPNG.encode(UPNG.toRGBA8(picture), picture.width, picture.height, COLOURS)));
