/** One directive of a Corefile server block, with its arguments and the lines of its own block. */
export type CorefilePlugin = {
  readonly name: string
  readonly args: readonly string[]
  readonly body: readonly string[]
}
/** One server block: the zones it answers for (lower case, no trailing dot; '.' is the root) and its plugins in order. */
export type CorefileServer = { readonly zones: readonly string[]; readonly plugins: readonly CorefilePlugin[] }

const zoneOf = (text: string): string => {
  const bare = text
    .replace(/^[a-z]+:\/\//, '')
    .replace(/:\d+$/, '')
    .toLowerCase()
  return bare === '' || bare === '.' ? '.' : bare.replace(/\.$/, '')
}

/** Reads a Corefile into its server blocks. What it does not understand is left out; unbalanced braces end the reading. */
export const readCorefile = (text: string): readonly CorefileServer[] => {
  const servers: { zones: readonly string[]; plugins: { name: string; args: readonly string[]; body: string[] }[] }[] =
    []
  let depth = 0
  for (const raw of text.split('\n').slice(0, 2000)) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    if (line === '') continue
    const opens = line.endsWith('{')
    const words = line
      .replace(/\{$/, '')
      .trim()
      .split(/[\s,]+/)
      .filter((word) => word !== '')
    const server = servers.at(-1)
    if (line === '}') depth -= 1
    else if (depth === 0) servers.push({ zones: words.map(zoneOf), plugins: [] })
    else if (depth === 1) server?.plugins.push({ name: words[0] ?? '', args: words.slice(1), body: [] })
    else server?.plugins.at(-1)?.body.push(line)
    if (opens) depth += 1
    if (depth < 0) break
  }
  return servers
}

/** Whether a zone holds a name: the root holds all. */
export const zoneHolds = (zone: string, name: string): boolean =>
  zone === '.' || name === zone || name.endsWith(`.${zone}`)
