import { analyzer } from '../../src/analyzers/scratch-space.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'outsider-five')
