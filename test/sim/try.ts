import { everySingleFault, everyDoubleFault, beginningsOf, Broken } from "./single.ts";
import { shapesUpTo, shapeText } from "./shapes.ts";
const n = Number(process.argv[2] ?? 1); const dbl = process.argv[3]==="double";
let total=0; const t=Date.now(); let broken=0;
for (const shape of shapesUpTo(n)) for (const b of beginningsOf(shape)) {
  try { total += await (dbl?everyDoubleFault:everySingleFault)(shape,b); } catch(e) { if (!(e instanceof Broken)) throw e; console.log(e.message, e.replay); if (++broken>15) process.exit(1); }
}
console.log(total, (Date.now()-t)/1000);
