import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { accuracyDocument } from './accuracy-document.ts'
import { ownCases, type Score, scoreCase, sharedCases } from './score.ts'

const path = join(import.meta.dirname, '..', '..', 'docs', 'accuracy.md')
const analyzers = await loadAnalyzers()
const scores: Score[] = []
for (const one of [...ownCases(), ...sharedCases()]) scores.push(await scoreCase(one, analyzers))
writeFileSync(path, accuracyDocument(scores))
console.log(`docs/accuracy.md: ${scores.length} cases, ${scores.filter(({ top1 }) => !top1).length} missed`)
