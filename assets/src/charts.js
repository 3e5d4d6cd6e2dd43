// The parts of ECharts that pages draw with; a script of its own, loaded only where a chart is.
import { BarChart, HeatmapChart, LineChart, PieChart, SankeyChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { getInstanceByDom, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  AriaComponent,
  BarChart,
  DatasetComponent,
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  PieChart,
  SVGRenderer,
  SankeyChart,
  TooltipComponent,
  VisualMapComponent,
]);

export { getInstanceByDom, init };
