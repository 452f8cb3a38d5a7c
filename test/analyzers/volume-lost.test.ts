import { analyzer } from '../../src/analyzers/volume-lost.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
