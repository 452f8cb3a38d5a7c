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

const shape = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/

/** A cluster says few quantities many times; how many of them are remembered. */
const mostKnown = 2_000
const known = new Map<string, number | undefined>()

/** A Kubernetes quantity in its base unit (cores, bytes, pieces), or undefined where it is not one. `100m` is 0.1, `1Gi` is 2^30. */
export const parseQuantity = (text: string | number | undefined): number | undefined => {
  if (typeof text === 'number') return Number.isFinite(text) ? text : undefined
  if (text === undefined) return undefined
  const before = known.get(text)
  if (before !== undefined) return before
  const read = readQuantity(text)
  if (known.size >= mostKnown) known.clear()
  if (text.length <= 40) known.set(text, read)
  return read
}

const readQuantity = (text: string): number | undefined => {
  const found = shape.exec(text.trim())
  if (found === null) return undefined
  const [, digits = '', exponent = '', suffix = ''] = found
  const number = Number(`${digits}${exponent}`) * (suffixes[suffix] ?? 1)
  return Number.isFinite(number) ? number : undefined
}

const trim = (value: number): string => String(Math.round(value * 100) / 100)

/** Bytes as people write them in manifests: `512Mi`, `1.5Gi`. */
export const bytesText = (bytes: number): string => {
  for (const unit of ['Ti', 'Gi', 'Mi', 'Ki'] as const) {
    const size = suffixes[unit] ?? 1
    if (Math.abs(bytes) >= size) return `${trim(bytes / size)}${unit}`
  }
  return trim(bytes)
}

/** Cores as people write them: `300m` below one core or for parts of one, else `2`. */
export const cpuText = (cores: number): string => {
  const milli = Math.round(cores * 1000)
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

/** Whether a resource is counted in bytes: memory, storage, huge pages, also behind `requests.` or `limits.` of a quota. */
export const isBytes = (resource: string): boolean =>
  /^(?:requests\.|limits\.)?(?:memory|storage|ephemeral-storage|hugepages-.+)$/.test(resource) ||
  resource.endsWith('/requests.storage')

/** An amount of a resource in the unit people use for it. */
export const amountText = (resource: string, amount: number): string => {
  if (isBytes(resource)) return bytesText(amount)
  return /^(?:requests\.|limits\.)?cpu$/.test(resource) ? cpuText(amount) : trim(amount)
}
