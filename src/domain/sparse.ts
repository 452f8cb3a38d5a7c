type Sparse<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The object without its undefined fields, for types whose optional fields may be absent but not undefined. */
export const sparse = <T extends object>(object: T): Sparse<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Sparse<T>
