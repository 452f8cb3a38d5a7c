import { h } from './dom.js'

const size = { width: 520, height: 210, left: 40, right: 8, top: 10, bottom: 26 }

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value))
  node.append(...children)
  return node
}

/** A data_visualization block, drawn as SVG with its numbers readable as a table. */
export function chart(block) {
  const { chart: spec } = block
  const drawn = spec.type === 'pie' ? pie(spec) : plot(spec)
  const names =
    spec.type === 'pie'
      ? spec.segments.map((each) => `${each.label} ${each.value}`)
      : spec.series.map((each) => each.name)
  const legend = names.length > 1 || spec.type === 'pie'
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, block.title),
    svg('svg', { viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': describe(block) }, ...drawn),
    legend &&
      h(
        'div',
        { class: 'legend' },
        names.map((name, index) => h('span', {}, h('i', { class: `fill-${index % 6}` }), name)),
      ),
  )
}

function describe(block) {
  const { chart: spec } = block
  if (spec.type === 'pie')
    return `${block.title}: ${spec.segments.map((each) => `${each.label} ${each.value}`).join(', ')}`
  const line = (each) => `${each.name}: ${each.data.map((point) => `${point.label} ${point.value}`).join(', ')}`
  return `${block.title}. ${spec.series.map(line).join('; ')}`
}

function pie(spec) {
  const total = spec.segments.reduce((sum, each) => sum + each.value, 0)
  const [cx, cy, r] = [size.width / 2, size.height / 2, 92]
  let turn = -Math.PI / 2
  return spec.segments.map((segment, index) => {
    const next = turn + (segment.value / total) * Math.PI * 2
    const large = next - turn > Math.PI ? 1 : 0
    const at = (angle) => `${cx + r * Math.cos(angle)} ${cy + r * Math.sin(angle)}`
    const d =
      spec.segments.length === 1
        ? `M ${cx - r} ${cy} a ${r} ${r} 0 1 0 ${2 * r} 0 a ${r} ${r} 0 1 0 ${-2 * r} 0`
        : `M ${cx} ${cy} L ${at(turn)} A ${r} ${r} 0 ${large} 1 ${at(next)} Z`
    turn = next
    return svg('path', { d, class: `fill-${index % 6}` })
  })
}

function plot(spec) {
  const values = spec.series.flatMap((each) => each.data.map((point) => point.value))
  const top = niceTop(Math.max(0, ...values))
  const low = Math.min(0, ...values)
  const labels = spec.axis_config.categories
  const inner = { w: size.width - size.left - size.right, h: size.height - size.top - size.bottom }
  const y = (value) => size.top + inner.h * (1 - (value - low) / (top - low || 1))
  const step = inner.w / labels.length
  const x = (index) => size.left + step * (index + 0.5)
  const valueAt = (each, label) => each.data.find((point) => point.label === label)?.value ?? 0
  const grid = [low, (low + top) / 2, top].flatMap((value) => [
    svg('line', { x1: size.left, x2: size.width - size.right, y1: y(value), y2: y(value), class: 'grid' }),
    svg('text', { x: size.left - 6, y: y(value) + 4, class: 'axis end' }, compact(value)),
  ])
  const every = Math.ceil(labels.length / 8)
  const names = labels.map((label, index) =>
    index % every === 0 ? svg('text', { x: x(index), y: size.height - 8, class: 'axis middle' }, label) : svg('g', {}),
  )
  const shapes = spec.series.flatMap((each, at) => {
    const points = labels.map((label, index) => [x(index), y(valueAt(each, label))])
    if (spec.type === 'bar') return bars(points, at, spec.series.length, step, y(0))
    const path = points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'} ${px} ${py}`).join(' ')
    const line = svg('path', { d: path, class: `line stroke-${at % 6}` })
    if (spec.type === 'line')
      return [line, ...points.map(([cx, cy]) => svg('circle', { cx, cy, r: 3, class: `fill-${at % 6}` }))]
    const area = `${path} L ${points.at(-1)[0]} ${y(0)} L ${points[0][0]} ${y(0)} Z`
    return [svg('path', { d: area, class: `area fill-${at % 6}` }), line]
  })
  return [...grid, ...names, ...shapes]
}

function bars(points, at, count, step, zero) {
  const width = Math.min(46, (step * 0.7) / count)
  return points.map(([px, py]) => {
    const left = px - (width * count) / 2 + width * at
    return svg('rect', {
      x: left,
      y: Math.min(py, zero),
      width: width - 2,
      height: Math.abs(zero - py),
      rx: 2,
      class: `fill-${at % 6}`,
    })
  })
}

function niceTop(value) {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= value) ?? value
}

function compact(value) {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}
