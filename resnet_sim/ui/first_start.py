"""What is said once, at the first start of all: that there is no graphics card to compute on."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Slot

from resnet_sim.assets import translator
from resnet_sim.engine.messages import Devices
from resnet_sim.errors import sentence
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.strip import Message

_ = translator()

TOLD = "told/device"
GPU = "gpu"


class FirstStart(QObject):
    """Tells a window which device computes, unless that was told before; the device chip goes on telling it."""

    def __init__(self, window: MainWindow, settings: QSettings) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        if settings.value(TOLD) is None:
            window.workbench.run.engine.devices.connect(self._found)

    @Slot(object)
    def _found(self, found: Devices) -> None:
        gpu = found.devices.get(GPU)
        if gpu is None:
            return  # it is still being looked for
        self._window.workbench.run.engine.devices.disconnect(self._found)
        self._settings.setValue(TOLD, True)
        self._settings.sync()
        if gpu.reason is not None and not self._window.strip.isVisible():
            template = "NumPy computes on the processor, not on a graphics card: {reason}"
            said = sentence(template, reason=gpu.reason.sentence)
            self._window.strip.show_message(Message("info", said.render(_)))
