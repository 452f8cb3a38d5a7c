import { keepResult } from '../results.ts'
import { allGroups } from './groups.ts'
import { openSite, type Site } from './site.ts'

/**
 * `npm run test:bad-input`: every group of bad inputs at the running app, over the wires on which they would come. Each must
 * get a clear answer without the insides of a program, nothing may be written, and the app must still be well afterwards.
 * Numbers after `--` choose groups.
 */
const wanted = process.argv.slice(2).map(Number)
const chosen = allGroups.filter(({ number }) => wanted.length === 0 || wanted.includes(number))

type Row = { readonly group: number; readonly name: string; readonly inputs: number; readonly wrong: readonly string[] }

const isWell = async (site: Site): Promise<string | undefined> => {
  const { status } = await fetch(`${site.app.url}/healthz`)
  return status === 200 ? undefined : `afterwards /healthz answers ${status}`
}

const runAll = async (): Promise<readonly Row[]> => {
  const rows: Row[] = []
  const site = await openSite()
  try {
    for (const { number, name, tries } of chosen) {
      const wrong: string[] = []
      for (const one of tries) {
        site.setRight()
        const problem = await one.run(site).catch((error: unknown) => `it threw: ${String(error).slice(0, 300)}`)
        if (problem !== undefined) wrong.push(`${one.what}: ${problem}`)
      }
      const ill = await isWell(site)
      if (ill !== undefined) wrong.push(ill)
      rows.push({ group: number, name, inputs: tries.length, wrong })
      const verdict = wrong.length === 0 ? 'ok' : `WRONG ${wrong.length}`
      console.log(`${String(number).padStart(3)}  ${name.padEnd(48)} ${String(tries.length).padStart(4)}  ${verdict}`)
      for (const line of wrong) console.log(`       ${line.slice(0, 500)}`)
    }
    if (!(await site.sound())) rows.push({ group: 0, name: 'the record', inputs: 0, wrong: ['it does not verify'] })
  } finally {
    await site.close()
  }
  return rows
}

const begun = Date.now()
const rows = await runAll()
const seconds = Math.round((Date.now() - begun) / 1000)
const inputs = rows.reduce((sum, row) => sum + row.inputs, 0)
const wrong = rows.reduce((sum, row) => sum + row.wrong.length, 0)
console.log(`\n${rows.length} groups, ${inputs} inputs in ${seconds} s: ${wrong} wrong`)
keepResult('bad-input', {
  groups: rows.map(({ group, name, inputs: count }) => ({ group, name, inputs: count })),
  inputs,
  wrong,
  seconds,
})
process.exit(wrong === 0 && inputs > 0 ? 0 : 1)
