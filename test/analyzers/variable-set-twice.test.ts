import { analyzer } from '../../src/analyzers/variable-set-twice.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'shadowed-variables')
