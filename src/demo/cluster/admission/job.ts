import type { AdmissionChange } from '../registry/registry.ts'
import { type Fields, fieldsAt } from '../types.ts'

/** A new Job's pods carry its uid and name, and its selector is of the uid. */
export function jobLabels({ after }: AdmissionChange): void {
  const spec = fieldsAt(after, 'spec')
  const { uid = '', name } = after.metadata
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  if (spec['manualSelector'] === true) return
  const template = fieldsAt(spec, 'template')
  const metadata = fieldsAt(template, 'metadata') as Fields
  metadata['labels'] = { ...fieldsAt(metadata, 'labels'), ...labels }
  template['metadata'] = metadata
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
  if (after.metadata.labels === undefined) after.metadata.labels = { ...(metadata['labels'] as Record<string, string>) }
}
