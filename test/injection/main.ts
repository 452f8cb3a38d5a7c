import { keepResult } from '../results.ts'
import { carriers, hostiles } from './texts.ts'
import { tryAll } from './try-all.ts'

/**
 * `npm run test:injection`: every hostile text in every carrier, through the real snapshot, diagnosis, runbooks, plan and
 * card, against a simulated API server. Exits 1 when one changed what a person decides by, or came alive in a view.
 */
const begun = Date.now()
const harms = await tryAll(hostiles, (done) => {
  if (done % 50 === 0) console.log(`${done} of ${hostiles.length} runs`)
})
for (const { carrier, text, problem } of harms) console.log(`WRONG ${text} in a ${carrier}: ${problem}`)
const seconds = Math.round((Date.now() - begun) / 1000)
const injections = hostiles.length * carriers.length
console.log(
  `\n${hostiles.length} hostile texts × ${carriers.length} carriers = ${injections} injections in ${seconds} s: ${harms.length} did harm`,
)
keepResult('injection', { texts: hostiles.length, carriers: carriers.length, injections, harms: harms.length, seconds })
process.exit(harms.length === 0 ? 0 : 1)
