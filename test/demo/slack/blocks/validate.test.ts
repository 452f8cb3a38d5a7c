import { describe, expect, it } from 'vitest'
import { interactiveElements, withIds } from '../../../../src/demo/slack/blocks/identify.ts'
import {
  blocksTooLong,
  describeProblem,
  validateMessage,
  validateView,
} from '../../../../src/demo/slack/blocks/validate.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const section = (more: object = {}) => ({ type: 'section', text: mrkdwn('hi'), ...more })
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain('Go'), ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const option = (value: string) => ({ text: plain(value), value })
const rich = (...elements: object[]) => ({ type: 'rich_text', elements })
const line = { type: 'rich_text_section', elements: [{ type: 'text', text: 'x', style: { bold: true } }] }
const cell = (text: string) => ({ type: 'raw_text', text })
const task = { type: 'task_card', task_id: 't', title: 'Read pods', status: 'complete', output: rich(line) }
const long = (length: number) => 'x'.repeat(length)
const series = [{ name: 'cpu', data: [{ label: 'Mon', value: 3 }] }]

describe('blocks that Slack takes', () => {
  const accepted: [string, object[]][] = [
    ['section with fields', [{ type: 'section', fields: [mrkdwn('a'), plain('b')] }]],
    [
      'section with an accessory',
      [section({ accessory: { type: 'overflow', action_id: 'o', options: [option('1')] } })],
    ],
    ['actions', [actions(button({ style: 'danger', confirm: { text: mrkdwn('sure?') } }), button({ action_id: 'b' }))]],
    ['static menu', [actions({ type: 'static_select', options: [option('1')], initial_option: option('1') })]],
    [
      'context',
      [{ type: 'context', elements: [mrkdwn('a'), { type: 'image', image_url: 'https://x.dev/i', alt_text: 'i' }] }],
    ],
    ['markdown', [{ type: 'markdown', text: '**hi**' }]],
    [
      'rich text',
      [rich(line, { type: 'rich_text_preformatted', elements: [{ type: 'text', text: '- a' }], border: 0 })],
    ],
    ['table', [{ type: 'table', rows: [[cell('a'), rich(line)]], column_settings: [null, { align: 'right' }] }]],
    [
      'data table',
      [{ type: 'data_table', caption: 'c', rows: [[cell('h')], [{ type: 'raw_number', value: 1, text: '1' }]] }],
    ],
    ['container', [{ type: 'container', title: plain('t'), is_collapsible: true, child_blocks: [section()] }]],
    ['card', [{ type: 'card', title: mrkdwn('t'), actions: [button()] }]],
    ['plan', [{ type: 'plan', title: 'Looking', tasks: [task] }]],
    [
      'chart',
      [
        {
          type: 'data_visualization',
          title: 't',
          chart: { type: 'bar', series, axis_config: { categories: ['Mon'] } },
        },
      ],
    ],
    ['feedback', [{ type: 'context_actions', elements: [feedback()] }]],
  ]
  it.each(accepted)('%s', (_name, blocks) => {
    expect(validateMessage(blocks).map(describeProblem)).toEqual([])
  })
})

function feedback(): object {
  const choice = (value: string) => ({ text: plain(value), value })
  return { type: 'feedback_buttons', positive_button: choice('good'), negative_button: choice('bad') }
}

describe('blocks that Slack refuses', () => {
  const refused: [blocks: object[], complaint: string][] = [
    [Array.from({ length: 51 }, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
    [[{ type: 'sparkline' }], 'unsupported type: sparkline [json-pointer:/blocks/0/type]'],
    [[{ type: 'divider', color: 'red' }], 'invalid additional property: color [json-pointer:/blocks/0]'],
    [[{ type: 'header', text: mrkdwn('x') }], 'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]'],
    [
      [{ type: 'header', text: plain(long(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [[{ type: 'section' }], 'must define either `text` or `fields` [json-pointer:/blocks/0]'],
    [[section({ text: mrkdwn(long(3001)) })], 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    [[section({ text: mrkdwn('') })], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    [
      [section({ text: { ...mrkdwn('x'), emoji: true } })],
      'invalid additional property: emoji [json-pointer:/blocks/0/text]',
    ],
    [
      [section({ fields: Array(11).fill(mrkdwn('x')) })],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      [section({ fields: [mrkdwn(long(2001))] })],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [[section({ block_id: long(256) })], 'must be less than 256 characters [json-pointer:/blocks/0/block_id]'],
    [
      [section({ block_id: 'b' }), section({ block_id: 'b' })],
      'block_id already exists: b [json-pointer:/blocks/1/block_id]',
    ],
    [[actions(button(), button())], 'action_id already exists: a [json-pointer:/blocks/0]'],
    [[actions(...Array(26).fill(button()))], 'no more than 25 items allowed [json-pointer:/blocks/0/elements]'],
    [
      [actions(button({ text: plain(long(76)) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      [actions(button({ value: long(2001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      [actions(button({ action_id: long(256) }))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      [actions(button({ style: 'warning' }))],
      'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [[actions(button({ url: 'kubectl' }))], 'must be a valid URL [json-pointer:/blocks/0/elements/0/url]'],
    [
      [actions(button({ confirm: { text: plain(long(301)) } }))],
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      [actions({ type: 'static_select', options: [] })],
      'no less than 1 items required [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      [actions({ type: 'static_select' })],
      'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
    ],
    [
      [actions({ type: 'static_select', options: Array(101).fill(option('1')) })],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      [actions({ type: 'static_select', options: [option('1')], initial_option: option('2') })],
      'initial option does not match any of the options [json-pointer:/blocks/0/elements/0]',
    ],
    [
      [actions({ type: 'overflow', options: Array(6).fill(option('1')) })],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      [{ type: 'context', elements: Array(11).fill(mrkdwn('x')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      [{ type: 'context_actions', elements: Array(6).fill(feedback()) }],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [[{ type: 'image', alt_text: 'x' }], 'must define either `image_url` or `slack_file` [json-pointer:/blocks/0]'],
    [[{ type: 'markdown', text: long(12_001) }], 'must be less than 12001 characters [json-pointer:/blocks/0/text]'],
    [
      [
        { type: 'markdown', text: long(7000) },
        { type: 'markdown', text: long(7000) },
      ],
      'markdown blocks must have less than 12001 characters together [json-pointer:/blocks/1]',
    ],
    [[{ type: 'alert', text: plain('x') }], 'unsupported type: alert [json-pointer:/blocks/0/type]'],
    [
      [{ type: 'table', rows: Array(101).fill([cell('x')]) }],
      'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
    ],
    [
      [{ type: 'table', rows: [Array(21).fill(cell('x'))] }],
      'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
    ],
    [
      [{ type: 'data_table', rows: [[cell('a')], [cell('b')]] }],
      'missing required field: caption [json-pointer:/blocks/0]',
    ],
    [
      [{ type: 'data_table', caption: 'c', rows: [[rich(line)], [cell('b')]] }],
      'unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]',
    ],
    [
      [{ type: 'data_table', caption: 'c', rows: [[cell('a')], []] }],
      'all rows must have the same number of cells [json-pointer:/blocks/0/rows/1]',
    ],
    [
      [{ type: 'container', title: plain('t'), child_blocks: Array(11).fill({ type: 'divider' }) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/child_blocks]',
    ],
    [
      [{ type: 'container', title: plain('t'), child_blocks: [rich(line)] }],
      'unsupported type: rich_text [json-pointer:/blocks/0/child_blocks/0/type]',
    ],
    [
      [{ type: 'container', title: plain('t'), default_collapsed: true, child_blocks: [section()] }],
      'default_collapsed requires is_collapsible [json-pointer:/blocks/0]',
    ],
    [
      [{ type: 'container', child_blocks: [section()] }],
      'must define either `title` or `rich_text_title` [json-pointer:/blocks/0]',
    ],
    [
      [{ type: 'card', subtitle: mrkdwn('x') }],
      'must define one of `hero_image`, `title`, `actions`, `body` [json-pointer:/blocks/0]',
    ],
    [
      [{ type: 'card', body: mrkdwn(long(201)) }],
      'must be less than 201 characters [json-pointer:/blocks/0/body/text]',
    ],
    [[{ type: 'carousel', elements: [] }], 'no less than 1 items required [json-pointer:/blocks/0/elements]'],
    [
      [{ ...task, status: 'done' }],
      'must be one of: pending, in_progress, complete, error [json-pointer:/blocks/0/status]',
    ],
    [
      [{ type: 'data_visualization', title: 't', chart: { type: 'pie', segments: [{ label: 'a', value: 0 }] } }],
      'must be greater than 0 [json-pointer:/blocks/0/chart/segments/0/value]',
    ],
    [
      [rich({ type: 'rich_text_list', style: 'dots', elements: [line] })],
      'must be one of: bullet, ordered [json-pointer:/blocks/0/elements/0/style]',
    ],
  ]
  it.each(refused.map(([blocks, complaint]) => [complaint, blocks] as const))('%s', (complaint, blocks) => {
    expect(validateMessage(blocks).map(describeProblem)).toContain(complaint)
  })

  it('a payload that is too long as a whole', () => {
    expect(blocksTooLong([{ type: 'markdown', text: long(11_000) }, section({ text: mrkdwn(long(2500)) })])).toBe(true)
    expect(blocksTooLong([{ type: 'markdown', text: long(11_000) }, section({ text: mrkdwn(long(1500)) })])).toBe(false)
  })
})

describe('views', () => {
  const input = { type: 'input', label: plain('l'), element: { type: 'plain_text_input', action_id: 'x' } }
  const modal = (more: object = {}) => ({ type: 'modal', title: plain('T'), blocks: [section()], ...more })
  const refused: [view: object, type: 'modal' | 'home', complaint: string][] = [
    [modal({ title: plain(long(25)) }), 'modal', 'must be less than 25 characters [json-pointer:/view/title/text]'],
    [
      modal({ blocks: [input] }),
      'modal',
      'missing required field: submit (the view has input blocks) [json-pointer:/view]',
    ],
    [
      modal({ private_metadata: long(3001) }),
      'modal',
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      modal({ blocks: Array(101).fill({ type: 'divider' }) }),
      'modal',
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [modal(), 'home', 'unsupported type: modal [json-pointer:/view/type]'],
    [
      { type: 'home', blocks: [{ type: 'alert', text: plain('x') }] },
      'home',
      'unsupported type: alert [json-pointer:/view/blocks/0/type]',
    ],
  ]
  it.each(refused.map(([view, type, complaint]) => [complaint, view, type] as const))('%s', (complaint, view, type) => {
    expect(validateView(view, type).map(describeProblem)).toContain(complaint)
  })

  it('takes an alert and an input with a submit button', () => {
    const alert = { type: 'alert', level: 'warning', text: plain('careful') }
    expect(validateView(modal({ blocks: [alert, input], submit: plain('Go') }), 'modal')).toEqual([])
  })
})

it('fills in ids, also inside containers and cards, and finds every element to press', () => {
  const blocks = withIds([
    { type: 'container', title: plain('t'), child_blocks: [actions({ type: 'button', text: plain('One') })] },
    { type: 'carousel', elements: [{ type: 'card', title: mrkdwn('c'), actions: [button({ action_id: 'two' })] }] },
    section({ accessory: button({ action_id: 'three' }) }),
  ])
  const found = interactiveElements(blocks)
  expect(found.map(({ element }) => element['action_id'])).toEqual([expect.any(String), 'two', 'three'])
  expect(new Set(found.map(({ blockId }) => blockId)).size).toBe(3)
})
