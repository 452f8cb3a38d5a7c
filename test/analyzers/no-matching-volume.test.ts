import { analyzer } from '../../src/analyzers/no-matching-volume.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
