/** The entry of a table under a key that came from outside: what every object inherits (`constructor`, `__proto__`) is none. */
export const lookup = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined
