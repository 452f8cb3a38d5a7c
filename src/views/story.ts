import type { CaseStory } from '../domain/case-story.ts'
import type { Document } from '../domain/document.ts'
import { postmortemDocument, postmortemOf, timelineDocument } from '../domain/postmortem.ts'
import { documentMessage } from './document-blocks.ts'

/** The timeline of a case, for a modal. */
export const timelineView = (story: CaseStory): unknown => modal('Timeline', timelineDocument(story))

/** The draft of its review, for a modal; the verb gives it as Markdown and JSON too. */
export const postmortemView = (story: CaseStory): unknown =>
  modal('Postmortem draft', postmortemDocument(postmortemOf(story)))

const modal = (title: string, document: Document): unknown => ({
  type: 'modal',
  title: { type: 'plain_text', text: title },
  close: { type: 'plain_text', text: 'Close' },
  blocks: documentMessage(document).blocks.slice(0, 100),
})
