import type { KubeObject } from '../types.ts'
import { ageOf } from './age.ts'

/** One column: what it is called, whether it is shown only in the wide view (priority 1), and its value. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean'
  readonly priority: number
  readonly cell: (object: KubeObject, now: number) => unknown
}

/** Works out a cell of a row at a moment. */
export type Cell = Column['cell']

/** A column of the narrow view, unless a priority says otherwise. */
export const column = (title: string, cell: Cell, type: Column['type'] = 'string', priority = 0): Column => ({
  name: title,
  type,
  priority,
  cell,
})

/** A column of the wide view only. */
export const wide = (title: string, cell: Cell): Column => column(title, cell, 'string', 1)

/** What nearly every table begins with. */
export const name = column('Name', (object) => object.metadata.name)

/** What nearly every table ends with. */
export const age = column('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now))
