import type { Press, Said, Submitted } from '../domain/chat-input.ts'

/** How much a text input of Slack takes. */
const longest = 3_000

/** A modal to write the manifest of one object into. Where it was asked for is where the card will come. */
export const applyView = (press: Press): unknown => ({
  type: 'modal',
  callback_id: 'doctor.apply',
  private_metadata: JSON.stringify({ channel: press.channel, thread: press.thread }),
  title: { type: 'plain_text', text: 'Make or change' },
  submit: { type: 'plain_text', text: 'Plan it' },
  close: { type: 'plain_text', text: 'Not now' },
  blocks: [
    input('yaml', 'One object, as YAML', { multiline: true, max_length: longest }),
    { ...input('namespace', 'Namespace, where it names none', { max_length: 63 }), optional: true },
    { ...input('cluster', 'Cluster', { max_length: 200, initial_value: press.value }), optional: true },
  ],
})

const input = (id: string, label: string, more: object) => ({
  type: 'input',
  block_id: id,
  label: { type: 'plain_text', text: label },
  element: { type: 'plain_text_input', action_id: 'text', ...more },
})

/** The line that the modal stands for, with the manifest in a code block, as if it had been typed; undefined for another form. */
export const saidIn = ({ metadata, values, user }: Submitted): Said | undefined => {
  const place = placeIn(metadata)
  const yaml = values['yaml']
  if (place === undefined || yaml === undefined) return undefined
  // Escaped as Slack escapes what is typed, so that it comes out of the code block as it went in.
  const escaped = yaml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const flags = [flag('--namespace', values['namespace']), flag('--context', values['cluster'])].join('')
  return { text: `apply${flags} \`\`\`\n${escaped}\n\`\`\``, user, ...place }
}

const flag = (name: string, value: string | undefined): string => {
  const word = value?.trim() ?? ''
  return word === '' ? '' : ` ${name} "${word.replaceAll('"', '')}"`
}

const placeIn = (metadata: string): Pick<Said, 'channel' | 'thread'> | undefined => {
  try {
    const { channel, thread } = JSON.parse(metadata) as { readonly channel?: unknown; readonly thread?: unknown }
    if (typeof channel !== 'string' || !/^[CDG][A-Z0-9]{2,20}$/.test(channel)) return undefined
    return { channel, ...(typeof thread === 'string' && /^\d+\.\d+$/.test(thread) ? { thread } : {}) }
  } catch {
    return undefined
  }
}
