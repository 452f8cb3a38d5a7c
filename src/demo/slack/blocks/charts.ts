import {
  byType,
  type Check,
  characters,
  complain,
  isRecord,
  type Json,
  list,
  object,
  optional,
  type Run,
  required,
  type,
} from './check.ts'
import { blockId } from './text.ts'

const finite: Check = (value, pointer, run) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) complain(run, 'must be a number', pointer)
}
const positive: Check = (value, pointer, run) => {
  finite(value, pointer, run)
  if (typeof value === 'number' && value <= 0) complain(run, 'must be greater than 0', pointer)
}

const point = object({ label: required(characters(20)), value: required(finite) })
const series = object({ name: required(characters(20)), data: required(list(point, 20)) })
const axis = object({
  categories: required(list(characters(20), 20)),
  x_label: optional(characters(50)),
  y_label: optional(characters(50)),
})

const plot: Check = object(
  { type, series: required(list(series, 6)), axis_config: required(axis) },
  (chart, pointer, run) => pointsMatchAxis(chart, pointer, run),
)

/** Every series must have one value for every category, under its own name. */
function pointsMatchAxis(chart: Json, pointer: string, run: Run): void {
  const config = chart['axis_config']
  const categories = isRecord(config) && Array.isArray(config['categories']) ? config['categories'] : []
  const all = Array.isArray(chart['series']) ? chart['series'].filter(isRecord) : []
  const names = all.map((one) => one['name'])
  if (new Set(names).size !== names.length) complain(run, 'series names must be unique', `${pointer}/series`)
  for (const [index, one] of all.entries()) {
    const labels = Array.isArray(one['data']) ? one['data'].filter(isRecord).map((each) => each['label']) : []
    const same = labels.length === categories.length && labels.every((label) => categories.includes(label))
    if (!same) complain(run, 'labels must match the axis categories', `${pointer}/series/${index}/data`)
  }
}

/** A native chart; a message holds at most two. */
export const dataVisualization: Check = object(
  {
    type,
    block_id: blockId,
    title: required(characters(50)),
    chart: required(
      byType({
        pie: object({
          type,
          segments: required(list(object({ label: required(characters(20)), value: required(positive) }), 6)),
        }),
        bar: plot,
        line: plot,
        area: plot,
      }),
    ),
  },
  (_value, pointer, run) => {
    run.totals.charts += 1
    if (run.totals.charts > 2) complain(run, 'no more than 2 data_visualization blocks allowed', pointer)
  },
)
