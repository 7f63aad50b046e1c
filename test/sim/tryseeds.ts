import { playSeed } from "./seeds.ts"; import { Broken } from "./single.ts";
const [a,b]=process.argv.slice(2).map(Number); const t=Date.now(); let bad=0;
for (let s=a!; s<b!; s++) try { await playSeed(s) } catch(e) { if (!(e instanceof Broken)) throw e; console.log(e.message.slice(0,300), e.replay); if (++bad>10) break; }
console.log((Date.now()-t)/1000);
