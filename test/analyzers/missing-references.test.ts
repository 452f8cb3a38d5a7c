import { analyzer } from '../../src/analyzers/missing-references.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'references')
