import {
  byType,
  type Check,
  characters,
  complain,
  countCharacters,
  flag,
  integer,
  type Json,
  list,
  object,
  optional,
  type Run,
  required,
  type,
  word,
} from './check.ts'
import { richTextBlock } from './rich-text.ts'
import { blockId } from './text.ts'

const number: Check = (value, pointer, run) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) complain(run, 'must be a number', pointer)
}

const plainCells = {
  raw_text: object({ type, text: required(characters(10_000)) }),
  raw_number: object({ type, value: required(number), text: required(characters(255)) }),
}
const cell = byType({ ...plainCells, rich_text: richTextBlock })

const columnSetting: Check = (value, pointer, run) => {
  // A null leaves the column as it is.
  if (value === null) return
  object({ align: optional(word('left', 'center', 'right')), is_wrapped: optional(flag) })(value, pointer, run)
}

/** A table: at most 100 rows of 20 cells, 10,000 characters in all, one in a message. */
export const table: Check = object(
  {
    type,
    block_id: blockId,
    rows: required(list(list(cell, 20), 100)),
    column_settings: optional(list(columnSetting, 20)),
  },
  (value, pointer, run) => {
    run.totals.tables += 1
    limitCharacters(value, pointer, run)
  },
)

/** A data table: a header row without rich text, 1 to 100 rows of equal length below it, 10,000 characters in all. */
export const dataTable: Check = object(
  {
    type,
    block_id: blockId,
    rows: required(list(list(cell, 20), 101, 2)),
    caption: required(characters(255)),
    page_size: optional(integer(1, 100)),
    row_header_column_index: optional(integer(0, 19)),
  },
  (value, pointer, run) => {
    const rows = Array.isArray(value['rows']) ? (value['rows'] as unknown[][]) : []
    const width = rows[0]?.length
    for (const [index, row] of rows.entries()) {
      if (row.length !== width) complain(run, 'all rows must have the same number of cells', `${pointer}/rows/${index}`)
    }
    for (const [index, header] of (rows[0] ?? []).entries()) {
      byType(plainCells)(header, `${pointer}/rows/0/${index}`, run)
    }
    limitCharacters(value, pointer, run)
  },
)

function limitCharacters(value: Json, pointer: string, run: Run): void {
  if (countCharacters(value['rows']) > 10_000) {
    complain(run, 'the cells must have less than 10001 characters together', `${pointer}/rows`)
  }
}
