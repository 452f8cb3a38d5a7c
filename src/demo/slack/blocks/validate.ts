import { dataVisualization } from './charts.ts'
import {
  byType,
  type Check,
  characters,
  complain,
  countCharacters,
  flag,
  isRecord,
  type Json,
  list,
  object,
  optional,
  type Problem,
  type Run,
  required,
  type Surface,
  startRun,
  type,
} from './check.ts'
import { card, carousel, container, plan, taskCard } from './grouping.ts'
import * as layout from './layout.ts'
import { richTextBlock } from './rich-text.ts'
import { dataTable, table } from './tables.ts'
import { plainText } from './text.ts'

const everywhere = {
  actions: layout.actions,
  container,
  context: layout.context,
  divider: layout.divider,
  header: layout.header,
  image: layout.image,
  input: layout.input,
  rich_text: richTextBlock,
  section: layout.section,
  video: layout.video,
}

/** Which block types exist on which surface. */
const blocksOf: Readonly<Record<Surface, Check>> = {
  message: byType({
    ...everywhere,
    card,
    carousel,
    context_actions: layout.contextActions,
    data_table: dataTable,
    data_visualization: dataVisualization,
    markdown: layout.markdown,
    plan,
    table,
    task_card: taskCard,
  }),
  modal: byType({ ...everywhere, alert: layout.alert }),
  home: byType(everywhere),
}

/** Checks the blocks of a message: at most 50, each of a type that exists. Returns every complaint, none when Slack would accept. */
export function validateMessage(blocks: unknown, max = 50): readonly Problem[] {
  const run = startRun('message')
  checkBlocks(blocks, '/blocks', max, run)
  return run.problems
}

/** True where Slack answers `msg_blocks_too_long`: measured at 13,297 characters with Markdown, 125 less for each further block (bolt-js#2509). */
export function blocksTooLong(blocks: readonly Json[]): boolean {
  if (!blocks.some((block) => block['type'] === 'markdown')) return false
  return countCharacters(blocks) > 13_297 - 125 * (blocks.length - 1)
}

/** More than one table block: Slack says so with its own error. */
export function tooManyTables(blocks: readonly Json[]): boolean {
  return blocks.filter((block) => block['type'] === 'table').length > 1
}

function checkBlocks(blocks: unknown, pointer: string, max: number, run: Run): void {
  list(blocksOf[run.surface], max, run.surface === 'message' ? 1 : 0)(blocks, pointer, run)
  if (!Array.isArray(blocks)) return
  for (const [index, block] of blocks.entries()) checkIds(block, `${pointer}/${index}`, run)
}

/** Block ids are unique in the payload, action ids in their block; both also inside containers and carousels. */
function checkIds(block: unknown, pointer: string, run: Run): void {
  if (!isRecord(block)) return
  const id = block['block_id']
  if (typeof id === 'string') {
    if (run.blockIds.has(id)) complain(run, `block_id already exists: ${id}`, `${pointer}/block_id`)
    run.blockIds.add(id)
  }
  const elements = [block['elements'], block['actions'], block['accessory'], block['element']].flat().filter(isRecord)
  const seen = new Set<unknown>()
  for (const element of elements) {
    const action = element['action_id']
    if (action !== undefined && seen.has(action)) {
      complain(run, `action_id already exists: ${String(action)}`, pointer)
    }
    seen.add(action)
  }
  for (const name of ['child_blocks', 'elements']) {
    const children = block[name]
    if (!Array.isArray(children)) continue
    for (const [index, child] of children.entries()) {
      if (name === 'child_blocks' || (isRecord(child) && child['type'] === 'card')) {
        checkIds(child, `${pointer}/${name}/${index}`, run)
      }
    }
  }
}

const common = {
  type,
  private_metadata: optional(characters(3000, 0)),
  callback_id: optional(characters(255, 0)),
  external_id: optional(characters(255, 0)),
}

/** Checks a modal or a Home tab: at most 100 blocks, titles of 24 characters, a submit button where there are inputs. */
export function validateView(view: unknown, expected: 'modal' | 'home'): readonly Problem[] {
  const run = startRun(expected)
  const blocks = required((value, pointer, inner) => checkBlocks(value, pointer, 100, inner))
  const short = plainText(24)
  const modal = object(
    {
      ...common,
      blocks,
      title: required(short),
      close: optional(short),
      submit: optional(short),
      clear_on_close: optional(flag),
      notify_on_close: optional(flag),
      submit_disabled: optional(flag),
    },
    (value, pointer, inner) => {
      const all = Array.isArray(value['blocks']) ? value['blocks'] : []
      const asks = all.some((block) => isRecord(block) && block['type'] === 'input')
      if (asks && value['submit'] === undefined) {
        complain(inner, 'missing required field: submit (the view has input blocks)', pointer)
      }
    },
  )
  byType(expected === 'modal' ? { modal } : { home: object({ ...common, blocks }) })(view, '/view', run)
  return run.problems
}

/** A complaint in Slack's words, with its JSON pointer. */
export function describeProblem(problem: Problem): string {
  return `${problem.message} [json-pointer:${problem.pointer}]`
}
