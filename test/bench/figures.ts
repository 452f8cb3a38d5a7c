/** One line of a table: a figure, and whether it is within its bar, where there is one. */
export type Row = { readonly what: string; readonly figure: string; readonly bar?: string; readonly holds?: boolean }

/** The middle one; NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A figure that must not be above its bar. Ratios are shown with two digits. */
export const within = (what: string, value: number, bar: number, unit: string): Row => {
  const digits = unit === '' && !Number.isInteger(value) ? 2 : 0
  return { what, figure: `${value.toFixed(digits)} ${unit}`, bar: `<= ${bar} ${unit}`, holds: value <= bar }
}

/** Prints rows as a table, each bar with `holds` or `MISSED`. */
export const print = (rows: readonly Row[]): void => {
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, figure, bar = '', holds } of rows) {
    const verdict = holds === undefined ? '' : holds ? 'holds' : 'MISSED'
    console.log(`${what.padEnd(width)}  ${figure.padStart(18)}  ${bar.padStart(10)}  ${verdict}`.trimEnd())
  }
}
