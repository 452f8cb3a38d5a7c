import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Keeps what a run measured for `npm run docs:safety`, where SAFETY_RESULTS names a folder; does nothing elsewhere. */
export const keepResult = (name: string, result: object): void => {
  const folder = process.env['SAFETY_RESULTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
}
