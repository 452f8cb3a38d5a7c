/** The pattern that the real decoder quotes when a quantity cannot be read. */
export const quantityPattern = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A quantity as a number in its base unit (cores, bytes, count); NaN where it is not one. */
export function quantity(text: unknown): number {
  if (typeof text === 'number') return text
  if (typeof text !== 'string') return Number.NaN
  const parts = /^([+-]?[0-9]*\.?[0-9]*)(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei|[eE][+-]?[0-9]+)?$/.exec(text)
  const digits = parts?.[1]
  if (digits === undefined || !/[0-9]/.test(digits)) return Number.NaN
  const suffix = parts?.[2] ?? ''
  const factor = suffixes[suffix] ?? Number(`1${suffix}`)
  return Number(digits) * factor
}

/** Cores as the API writes them: whole cores, else millicores. */
export function cpuText(cores: number): string {
  const milli = Math.ceil(Math.round(cores * 1e6) / 1e3)
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

/** Bytes with the largest binary suffix that divides them. */
export function memoryText(bytes: number): string {
  const whole = Math.ceil(bytes)
  for (const suffix of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const unit = suffixes[suffix] ?? 1
    if (whole > 0 && whole % unit === 0) return `${whole / unit}${suffix}`
  }
  return String(whole)
}

/** A sum of quantities of one resource, written as the API writes it. */
export function quantityText(resource: string, amount: number): string {
  return /(^|\.)cpu$/.test(resource)
    ? cpuText(amount)
    : /memory|storage|hugepages/.test(resource)
      ? memoryText(amount)
      : cpuText(amount)
}

/** The canonical form of a quantity a client sent: `1000m` becomes `1`, `0.5` becomes `500m`; already canonical text is kept. */
export function canonicalQuantity(value: unknown): unknown {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return value
  const amount = quantity(text)
  if (!Number.isFinite(amount)) return value
  const suffix = /[a-zA-Z]+$/.exec(text)?.[0] ?? ''
  if (/^(Ki|Mi|Gi|Ti|Pi|Ei)$/.test(suffix)) return binary(amount)
  return decimal(amount)
}

function binary(amount: number): string {
  for (const suffix of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
    const unit = suffixes[suffix] ?? 1
    if (amount !== 0 && amount % unit === 0) return `${amount / unit}${suffix}`
  }
  return Number.isInteger(amount) ? String(amount) : decimal(amount)
}

function decimal(amount: number): string {
  if (amount === 0) return '0'
  for (const suffix of ['E', 'P', 'T', 'G', 'M', 'k']) {
    const unit = suffixes[suffix] ?? 1
    if (Math.abs(amount) >= unit && amount % unit === 0) return `${amount / unit}${suffix}`
  }
  if (Number.isInteger(amount)) return String(amount)
  for (const [suffix, unit] of [
    ['m', 1e3],
    ['u', 1e6],
    ['n', 1e9],
  ] as const) {
    const scaled = Math.round(amount * unit * 1e6) / 1e6
    if (Number.isInteger(scaled)) return `${scaled}${suffix}`
  }
  return `${Math.ceil(amount * 1e9)}n`
}
