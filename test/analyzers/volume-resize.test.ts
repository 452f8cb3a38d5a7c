import { analyzer } from '../../src/analyzers/volume-resize.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
