import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of one file: how many changes there were, and how many of them a test saw. */
export type Row = { readonly file: string; readonly killed: number; readonly total: number }

const path = join(import.meta.dirname, 'measured.json')

/** What was measured last of each area, by its name; an area that never was is not in it. */
export const readMeasured = (): Readonly<Record<string, readonly Row[]>> =>
  JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, readonly Row[]>>

/** Keeps what was measured of an area in the place of what was measured before. */
export const keepMeasured = (area: string, rows: readonly Row[]): void => {
  writeFileSync(path, `${JSON.stringify({ ...readMeasured(), [area]: rows }, null, 2)}\n`)
}
