import { everyInterleaving, playPair } from "./pair.ts";
import { Broken } from "./single.ts";
import { readShape } from "./shapes.ts";
const t=Date.now(); let total=0;
if (process.argv[3]?.includes("+")||process.argv[4]) { await playPair(readShape(process.argv[2]!), process.argv[3]!.split("+").map(Number)); process.exit(0);}
for (const s of process.argv[2]!.split(";")) try { const n = await everyInterleaving(readShape(s), Number(process.argv[3])); total+=n; console.log(s,n)} catch(e) { if (!(e instanceof Broken)) throw e; console.log(e.message, e.replay)}
console.log(total,(Date.now()-t)/1000);
