import { analyzer } from '../../src/analyzers/missing-config.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'references')
